"""The Grafana dashboards under config/grafana/dashboards; `python -m deploy.grafana` writes them.

Classic dashboard JSON, schema version 42. Edit the Python here: a test holds the JSON against it.
"""

from deploy.grafana.brand import brand_dashboard
from deploy.grafana.overview import overview_dashboard
from deploy.grafana.panels import Json
from deploy.grafana.pipeline import pipeline_dashboard


def dashboards() -> dict[str, Json]:
    """Each by its file's name."""
    return {
        "brand.json": brand_dashboard(),
        "overview.json": overview_dashboard(),
        "pipeline.json": pipeline_dashboard(),
    }
