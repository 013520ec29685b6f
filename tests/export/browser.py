"""A real browser without a window, driven over a pipe by its own protocol."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Set where a browser has to be there, so that tests fail rather than say that they are left out.
REQUIRED = os.environ.get("REQUIRE_CHROMIUM") == "1"
_FOUND = next((path for path in map(shutil.which, BROWSERS) if path), None)

NEEDS_BROWSER = pytest.mark.skipif(
    _FOUND is None and not REQUIRED,
    reason=f"no browser on PATH; looked for {', '.join(BROWSERS)}",
)

_KEYS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9, "Enter": 13}


def browser_path() -> str:
    """Where the browser is; a test that needs it fails where it is required and not there."""
    if _FOUND is None:
        pytest.fail(f"REQUIRE_CHROMIUM=1, but there is no browser: {', '.join(BROWSERS)}")
    return _FOUND


class Browser:
    """A browser with one page.

    It reads commands from its file 3, and writes answers and events to its file 4, each ended by
    a zero byte.
    """

    def __init__(self, profile: Any) -> None:
        their_in, self._out = os.pipe()
        self._in, their_out = os.pipe()
        # A shell puts the pipes to the numbers that the browser knows.
        command = [
            *("bash", "-c", f'exec "$@" 3<&{their_in} 4>&{their_out}', "bash", browser_path()),
            *("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"),
            *(f"--user-data-dir={profile}", "about:blank"),
        ]
        self._process = subprocess.Popen(
            command, pass_fds=(their_in, their_out), stderr=subprocess.DEVNULL
        )
        os.close(their_in)
        os.close(their_out)
        self._buffer, self._number, self._events = b"", 0, []
        (page,) = [
            target
            for target in self._ask("Target.getTargets")["targetInfos"]
            if target["type"] == "page"
        ]
        options = {"targetId": page["targetId"], "flatten": True}
        self._session = self._ask("Target.attachToTarget", **options)["sessionId"]
        self.send("Page.enable")
        self.send("Runtime.enable")

    def close(self) -> None:
        self._ask("Browser.close")
        self._process.wait(timeout=30)
        os.close(self._in)
        os.close(self._out)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Give the page a command, and its answer."""
        return self._ask(method, self._session, **params)

    def _ask(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self._events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            part = os.read(self._in, 2**16)
            assert part, "the browser has ended"
            self._buffer += part
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, path: Any, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
        """Open a file in a window of a size, and wait until its script has run."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.send("Emulation.setDeviceMetricsOverride", **size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.send("Emulation.setEmulatedMedia", features=features)
        self._events = []
        self.send("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self._events):
            self._events.append(self._next())

    def run(self, script: str) -> Any:
        """Give the value of an expression in the page, or of what it promises."""
        options = {"expression": script, "returnByValue": True, "awaitPromise": True}
        answer = self.send("Runtime.evaluate", **options)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys, as a person would."""
        for key in keys:
            code = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS[key]}
            for kind in ("rawKeyDown", "keyUp"):
                self.send("Input.dispatchKeyEvent", type=kind, **code)

    def errors(self) -> list[Any]:
        """What went wrong in the page since it was opened."""
        kinds = ("Runtime.exceptionThrown", "Log.entryAdded")
        return [event for event in self._events if event.get("method") in kinds]

    def screenshot(self, path: Any) -> None:
        found = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))
