"""The notebook of the lab: its one source, and a copy for one student."""
