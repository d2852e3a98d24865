"""Snapshots: what a workspace's tree is, what of it is kept, and bringing it back.

    plan_tree (walk, ignore, policy: stat only) ──► TreePlan ──► Driver.freeze ──► TreeResult
    checkout (restore) ◄── tree, overlays                        changes, cost ◄── TreePlan

Pure: no tornado, no Jupyter. Names are bytes everywhere.
"""
