"""Imports MLflow's server once and forks it for every port number that comes in.

Ends the last server and itself when its input ends.
"""

import contextlib
import os
import signal
import sys
import warnings


def main() -> None:
    warnings.simplefilter("ignore")
    import uvicorn
    from mlflow.server.fastapi_app import app

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for killed servers
    print("ready", flush=True)
    server = 0
    for line in sys.stdin:
        server = os.fork()
        if server == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            uvicorn.run(app, host="127.0.0.1", port=int(line), log_level="warning")
            os._exit(0)
        print(server, flush=True)
    if server:
        with contextlib.suppress(ProcessLookupError):
            os.kill(server, signal.SIGKILL)


if __name__ == "__main__":
    main()
