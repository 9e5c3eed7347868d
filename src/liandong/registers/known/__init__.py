"""What single registers look up for their checks, a module each (``facts.provides``)."""
