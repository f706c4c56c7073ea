"""The pure core: what a mention says, how many there are, and whether that is a crisis.

Nothing here opens a file, a socket or a clock: ``now`` is an argument, records go in and come
out. `records` holds what travels between the stages, the rest is one stage or formula a module:

    text, language, sentiment   what one mention says
    scoring                     one envelope of mentions -> tallies, one per brand
    windows, baseline, spike    how many there are, how many were to be expected, how unlikely
    severity, incident          how bad that is, and what became of it
    detector                    folds tallies and turns the passing of event time into alerts
"""
