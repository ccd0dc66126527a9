"""Networks as a ``state_dict`` of PyTorch, and the program that loads it.

The state is written by ``torch.save`` and holds tensors alone, so it loads with
``weights_only=True``; the program builds the same modules and needs nothing of fclab.
"""

import io
import json
import math
from collections.abc import Sequence
from functools import cache

import torch
from jinja2 import Environment, PackageLoader, StrictUndefined
from torch import nn

from fclab.export.network import check_networks
from fclab.values.model import Model
from fclab.values.recipe import format_layers
from fclab.values.torch_model import to_torch
from fclab.words.languages import Lang
from fclab.words.wording import NBSP, wording


def torch_files(models: Sequence[Model], lang: Lang) -> dict[str, bytes | str]:
    """The files by their names: ``model.pt`` and ``model.py``.

    ``python model.py PICTURE ...`` prints the probabilities of pictures, of points given as
    numbers their answer. Its ``load()`` gives an ``nn.Sequential`` as `Model.to_torch` does, of
    several networks an ``nn.ModuleList`` of them; its ``probabilities(model, images)`` takes raw
    inputs, channels last.

    Args:
        models: at least one; several are for the same inputs and classes, and have one recipe but
            for what does not show in the answers.
        lang: of the program's comments.

    Raises:
        UsageError, FclabError: see `fclab.export.network.check_networks`.
    """
    check_networks(models)
    networks = [to_torch(m.dataset, m.recipe.replace(tta="none"), m.weights) for m in models]
    whole = networks[0] if len(networks) == 1 else nn.ModuleList(networks)
    state = io.BytesIO()
    torch.save(whole.state_dict(), state)
    return {"model.pt": state.getvalue(), "model.py": _program(models, networks, lang)}


def _program(models: Sequence[Model], networks: Sequence[nn.Sequential], lang: Lang) -> str:
    words, info = wording(lang), models[0].dataset
    return (
        _environment()
        .get_template("model.py.j2")
        .render(
            say=lambda key, **values: words.plain(f"export.torch.{key}", **values).replace(
                NBSP, " "
            ),
            data=info.name,
            layers=[format_layers(model.recipe.layers) for model in models],
            task=info.task,
            shape=info.input_shape,
            classes=[words.called(name) for name in info.class_names],
            codes=[_code(network, 4 if len(networks) == 1 else 8) for network in networks],
            views=[_views(model) for model in models],
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("fclab.export"), undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
        autoescape=False,  # it is Python that is made
    )  # fmt: skip
    # Whatever a name holds, it stays text.
    environment.filters["literal"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment


def _views(model: Model) -> tuple[str, int]:
    """Which views of an image are answered, and how many modules prepare it before it is moved."""
    prepared = 6 if model.recipe.contrast else 5  # of `fclab.values.torch_model`
    return model.recipe.tta, prepared


def _code(module: nn.Module, indent: int) -> str:
    """The expression that builds a module like this one."""
    match module:
        case nn.Sequential():
            inner = "".join(f"{' ' * (indent + 4)}{_code(m, indent + 4)},\n" for m in module)
            return f"nn.Sequential(\n{inner}{' ' * indent})"
        case nn.Linear():
            return f"nn.Linear({module.in_features}, {module.out_features})"
        case nn.Conv1d():
            n, bias = module.in_channels, "" if module.bias is not None else ", bias=False"
            return f"nn.Conv1d({n}, {n}, 1, groups={n}{bias})"
        case nn.LayerNorm():
            affine = "" if module.elementwise_affine else ", elementwise_affine=False"
            return f"nn.LayerNorm({math.prod(module.normalized_shape)}, eps={module.eps}{affine})"
        case nn.BatchNorm1d():
            return f"nn.BatchNorm1d({module.num_features}, eps={module.eps})"
        case nn.Unflatten():
            return f"nn.Unflatten({module.dim}, {module.unflattened_size})"
        case nn.AvgPool3d():
            return f"nn.AvgPool3d({module.kernel_size})"
        case nn.Dropout():
            return f"nn.Dropout({module.p})"
        case _:  # an activation, or Flatten: nothing to be told
            return f"nn.{type(module).__name__}()"
