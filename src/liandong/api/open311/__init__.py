"""Open311 GeoReport v2 at ``/open311/v2/``: a public door of its own, outside of ``/api/v1`` and its document."""
