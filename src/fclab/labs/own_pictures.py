"""What is said of pictures of one's own, wherever they are read: by a command or in a notebook."""

from fclab.data.own import FEW, Own
from fclab.words.wording import Wording


def remarks(own: Own, words: Wording, *, counted: bool = True) -> list[str]:
    """What is to be said of pictures of one's own: how many there are, and what is odd.

    Args:
        own: what was found.
        words: the texts.
        counted: whether their numbers are told too.
    """
    info = own.dataset.info
    told = info.pictures
    assert told is not None
    lines = []
    if counted:
        about = {"path": told.folder.place, "classes": info.class_names, "sizes": info.sizes}
        lines.append(words.plain("pictures.found", **about, divided=told.divided))
    if counted and (told.unread or told.repeated):
        about = {"unread": told.unread, "repeated": told.repeated}
        lines.append(words.plain("pictures.left_out", **about))
    for key, names in (("in_both", own.in_both), ("in_two_classes", own.in_two_classes)):
        if names:
            lines.append(words.plain(f"pictures.{key}", n=len(names), first=names[0]))
    if own.layout.outside:
        lines.append(words.plain("pictures.outside", n=own.layout.outside))
    if own.few:
        few = [(one.name, one.used) for one in own.few]
        lines.append(words.plain("pictures.few", classes=few, least=FEW))
    return lines
