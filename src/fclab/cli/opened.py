"""A file shown by the program that the system shows such files with."""

import os
import subprocess
import sys
import webbrowser
from pathlib import Path


def open_file(path: Path) -> bool:
    """Open a page in the person's browser; False where nothing can show it, as on a server."""
    try:
        if sys.platform == "win32":
            os.startfile(path)
            return True
        if sys.platform == "darwin":
            return subprocess.run(["open", str(path)], check=False).returncode == 0
        screen = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME")
        # Without any of them a browser of the terminal would take the terminal.
        return any(map(os.environ.get, screen)) and webbrowser.open(path.as_uri())
    except OSError:
        return False
