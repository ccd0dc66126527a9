"""The torch engine: any recipe, on a CPU or a CUDA device."""
