"""Write the dashboards: `python -m deploy.grafana`."""

import json
from pathlib import Path
from typing import Final

from deploy.grafana import dashboards

FOLDER: Final = Path(__file__).parents[2] / "config" / "grafana" / "dashboards"


def main() -> None:
    for name, dashboard in dashboards().items():
        text = json.dumps(dashboard, indent=2, ensure_ascii=False)
        (FOLDER / name).write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
