"""Logs the runs of runs.json to MLflow: MLFLOW_TRACKING_URI=sqlite:///mlflow.db python log.py

The first run gets the model, too.
"""

import json
from pathlib import Path

import mlflow
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient

HERE = Path(__file__).resolve().parent
MOST = 1000  # metrics that a server takes at a time


def main() -> None:
    """Log every run of the file."""
    client = MlflowClient()
    for place, run in enumerate(json.loads((HERE / "runs.json").read_text("utf-8"))):
        with mlflow.start_run(run_name=run["name"]) as started:
            key, now = started.info.run_id, started.info.start_time
            params = [Param(name, str(value)) for name, value in run["params"].items()]
            metrics = [Metric(name, value, now, 0) for name, value in run["metrics"].items()]
            for name, values in run["histories"].items():
                metrics += [
                    Metric(f"epoch_{name}", value, now, epoch)
                    for epoch, value in enumerate(values, start=1)
                    if value is not None
                ]
            client.log_batch(key, params=params)
            for start in range(0, len(metrics), MOST):
                client.log_batch(key, metrics=metrics[start : start + MOST])
            if place == 0:
                for file in sorted(HERE.iterdir()):
                    if file.is_file():
                        mlflow.log_artifact(str(file), "model")
            print(run["name"], key)


if __name__ == "__main__":
    main()
