# SPDX-License-Identifier: MIT
"""The sets of features that are compared. The paper prints its four only; docs/feature-selection.md says how the others come about."""

PAPER = ("memory_total", "page_dirty_rate", "page_transfer_rate", "working_set_size")
PRINTED = ("paper_vm_size", "paper_page_dirty_rate", "paper_bandwidth", "paper_working_set_size")
# Jo et al., table 1, as far as pre-copy statistics give it; entropy is stood in for by what pages weigh on the wire.
JO = ("memory_total", "page_dirty_rate", "working_set_size", "resent_wire_share", "zero_share_first", "page_transfer_rate",
      "non_working_set_size", "relative_dirty_rate", "working_set_wire", "non_working_set_wire")
NAMES = ("4, the paper's", "4, as printed", "14", "20", "chosen")


def sets(lines, target):
    """Name -> features, from what `precopyml select --json` printed about the train part."""
    usable = [line["feature"] for line in lines[:-1] if line["rank"] and line["reason"] != "given"]
    known = set(usable)
    twenty = [name for name in JO if name in known]
    twenty += [name for name in usable if name not in twenty][:20 - len(twenty)]
    # How many rounds are still to run is not a feature of the guest but the question asked.
    question = ["rounds_left"] if target == "remaining_time" else []
    chosen = [name for name in lines[-1]["chosen"].split(",") if name and name not in question]
    made = (list(PAPER), list(PRINTED), usable[:14], twenty, chosen)
    return {name: [one for one in features if one in known] + question for name, features in zip(NAMES, made)}
