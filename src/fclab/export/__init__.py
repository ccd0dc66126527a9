"""A trained network for other programs: what is read of it, and the forms that it is written in.

Nothing is trained here. What is written is data (arrays, JSON, text) and, of `torch_file`, a
program for people to read.
"""

from typing import Final, Literal, get_args

Form = Literal["onnx", "page", "torch", "mlflow", "tensorboard", "huggingface"]
"""What a network can be written as."""
Layout = Literal["nchw", "nhwc"]
"""How images lie in the input of an ONNX file: channels first, as PyTorch has them, or last, as
pictures have them."""
Pixels = Literal["float32", "uint8"]
"""The type of an ONNX file's pixels; their values are 0 to 255 in both."""
FORMS: Final[tuple[Form, ...]] = get_args(Form)
