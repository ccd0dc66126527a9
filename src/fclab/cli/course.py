"""`fclab course`: its commands, each in a module of its own, imported when it is called."""

from cyclopts import App

course = App(name="course")
