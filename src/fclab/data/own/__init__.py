"""Pictures of one's own: a folder for each class, in any format, of any size."""

from fclab.data.own.dataset import FEW, Class, Own, data_name, folder_at, own_images, read_own
from fclab.data.own.reading import Left

__all__ = ["FEW", "Class", "Left", "Own", "data_name", "folder_at", "own_images", "read_own"]
