"""`aorta run` of one pipeline, as the rows measure it: its port, its memory, its end."""
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

from rows import PATIENCE_S, Failed


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Engine:
    """`pipeline` is a text with {folder} where its files lie. `admin`: with an admin port, `admin_port`."""

    def __init__(self, options, pipeline, admin=False):
        self._scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self._scratch.name)
        self._port_file = self.folder / "port"
        (self.folder / "pipeline.yaml").write_text(pipeline.replace("{folder}", str(self.folder)))
        self._command = [str(options.bin / "aorta"), "run", "--quiet", "--state", str(self.folder / "state"),
                         str(self.folder / "pipeline.yaml")]
        if admin:
            self.admin_port = free_port()
            self._command += ["--admin", f"127.0.0.1:{self.admin_port}"]
        self.start()

    def start(self):
        self._port_file.unlink(missing_ok=True)
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self._scratch.cleanup()

    def kill(self):
        self._process.kill()
        self._process.wait()

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
