"""A cluster that grows and shrinks: a scheduler here, workers as jobs of SLURM (dask-jobqueue).

    python deploy/slurm/cluster.py KEYS [--most 64] [--print]

Run it where you may leave a small process, such as a login node or a job of one core. It prints the
address for `vallum run --scheduler`; Ctrl+C ends it and its jobs. `--print` only shows the script
of one job, which is `worker.sbatch` beside this file.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from pathlib import Path
from typing import Any

from vallum.run.starting import settings


def main() -> None:
    """Start the cluster, or show the script of a job."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("keys", type=Path)
    parser.add_argument("--most", type=int, default=64, help="workers at most")
    parser.add_argument("--print", action="store_true", dest="only_print")
    asked = parser.parse_args()
    os.environ.update(settings())  # before Dask reads them
    cluster = made(asked.keys.absolute(), only_print=asked.only_print)
    try:
        if asked.only_print:
            sys.stdout.write(cluster.job_script())
            return
        cluster.adapt(minimum=0, maximum=asked.most)
        line = f"vallum run --scheduler {cluster.scheduler_address} --cluster-keys {asked.keys}\n"
        sys.stdout.write(line)
        sys.stdout.flush()
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        cluster.close()


def made(keys: Path, *, only_print: bool = False) -> Any:
    """Return the cluster; no job is submitted yet."""
    from dask_jobqueue import SLURMCluster
    from distributed.security import Security

    security = Security(
        require_encryption=True,
        tls_ca_file=str(keys / "ca.pem"),
        tls_scheduler_cert=str(keys / "scheduler.pem"),
        tls_scheduler_key=str(keys / "scheduler-key.pem"),
        tls_worker_cert=str(keys / "worker.pem"),
        tls_worker_key=str(keys / "worker-key.pem"),
        tls_client_cert=str(keys / "client.pem"),
        tls_client_key=str(keys / "client-key.pem"),
    )
    return SLURMCluster(
        cores=1,
        processes=1,
        memory="4GiB",
        walltime="04:00:00",
        job_name="vallum",
        log_directory="vallum-logs",
        python="python",
        protocol="tls://",
        security=security,
        shared_temp_directory=str(keys),
        scheduler_options={"dashboard": False, "dashboard_address": "127.0.0.1:0"}
        | ({"host": "127.0.0.1", "port": 0} if only_print else {}),
        job_script_prologue=[f"export {name}='{value}'" for name, value in settings().items()],
        worker_extra_args=["--no-dashboard", "--dashboard-address", "127.0.0.1:0"],
    )


if __name__ == "__main__":
    main()
