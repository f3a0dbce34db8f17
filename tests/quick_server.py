"""A fake server that stops at once."""

from pytest_httpserver import HTTPServer

#: How long whoever stops it waits at most; left alone it looks twice a second whether it should.
STOP_SECONDS = 0.01


class QuickServer(HTTPServer):
    def thread_target(self) -> None:
        assert self.server is not None
        self.server.serve_forever(STOP_SECONDS)
