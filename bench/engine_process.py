"""`aorta run` of one pipeline, as the rows measure it: its port, its memory, its end."""
import os
import pathlib
import signal
import subprocess
import tempfile
import time

from rows import PATIENCE_S, Failed


class Engine:
    """`pipeline` is a text with {folder} where its files lie."""

    def __init__(self, options, pipeline):
        self._scratch = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self._scratch.name)
        self._port_file = folder / "port"
        (folder / "pipeline.yaml").write_text(pipeline.replace("{folder}", str(folder)))
        self._process = subprocess.Popen(
            [str(options.bin / "aorta"), "run", "--quiet", "--state", str(folder / "state"), str(folder / "pipeline.yaml")],
            stdout=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._scratch.cleanup()

    def port(self):
        until = time.monotonic() + PATIENCE_S
        while not self._port_file.exists():
            if self._process.poll() is not None or time.monotonic() > until:
                raise Failed("aorta run does not listen")
            time.sleep(0.01)
        return int(self._port_file.read_text())

    def id(self):
        return self._process.pid

    def resident_bytes(self):
        return int(pathlib.Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def end(self):
        """A drained pipeline whose ledger balances ends with 0."""
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise Failed("aorta run does not end") from None
        if code != 0:
            raise Failed(f"aorta run ended with {code}")
