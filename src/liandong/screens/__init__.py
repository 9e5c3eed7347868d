"""Pages: one package per audience (desk, unit, duty, case, account); what they share lies in ``common``."""
