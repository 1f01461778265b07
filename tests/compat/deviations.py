"""Where Volant differs from flytekit 1.16 on purpose: by file and case, with the reason.

`test_golden.py` asks that each of these really differs, so that none outlives its reason.
"""

DEVIATIONS: dict[tuple[str, str], str] = {
    ("basics", "bytes"): "flytekit pickles bytes; ours are a Binary, readable in every language",
    ("basics", "dict of any"): "flytekit pickles each value; ours is one msgpack document, as long as it can be one",
    ("basics", "float from an int"): "flytekit refuses 3 where 3.0 is asked; nothing is lost, so we take it",
    ("basics", "dataclass with an int in a float"): "a float field that holds 2 is 2.0: equal values, one cache key",
    ("basics", "dataclass of everything"): "dicts are written in the order of their keys: equal values, one cache key",
    ("shapes", "resources as numbers"): "flytekit fails on Resources(mem=1024), which its own documentation shows",
    ("shapes", "with failure node of nothing"): "flytekit refuses a failure handler that does not take every input",
    # core
    ("core", "enum of ints in a dataclass"): "an enum of ints has a type here, and so is listed among the fields",
    ("core", "a new type"): "a NewType is what it stands for; flytekit pickles it",
    ("core", "enum of ints"): "passed by the members' names; flytekit refuses it",
    ("core", "choice of several types"): "a union of choices of one type each; flytekit refuses it",
    ("core", "list of nothing"): "flytekit takes the type None for no type at all",
    ("core", "an empty list of either"): "the first variant that fits; flytekit refuses what fits two",
    ("core", "nothing, written None"): "None is a value of None; flytekit refuses it under this spelling",
    ("core", "dict of objects"): "plain values need no pickle, as in a dict of any",
    ("core", "dict of any in a list"): "plain values need no pickle, as in a dict of any",
    # structs
    ("structs", "keywords behind a mark"): "flytekit takes the mark _: KW_ONLY for a field",
    ("structs", "a type variable with a bound"): "the field is of the bound's type; to flytekit it is a pickle",
    ("structs", "a class of Box[int]"): "the field is an int, as its class says; to flytekit it is a pickle",
    ("structs", "a box of ints within"): "Box[int] is a document; to flytekit it is a pickle",
    ("structs", "bytes within"): "bytes are a Binary here, so the field is one too",
    ("structs", "sets within"): "a set is a collection here, so the field is one too",
    ("structs", "a typed dict within"): "the types of its keys are known; flytekit takes it for any dict",
    ("structs", "what is no field"): "flytekit lists ClassVars and InitVars among the fields; no document has them",
    # workflows
    ("workflows", "a workflow as a failure handler"): "flytekit calls its nodes fn0, fn1 … if it meets it there first",
    # files
    ("files", "path like of this machine"): "copied like a File's: flytekit passes the path, which ends with the task",
    ("files", "pathlib path"): "a File that arrives as a path; flytekit pickles the path and leaves the file behind",
    ("files", "pathlib path in a dataclass"): "the same text; but the field's type is that of a File, not of a pickle",
    ("files", "no json lines"): "an empty file; flytekit refuses an iterator that yields nothing",
    # graphs
    **{
        ("graphs", name): "Volant does not author this kind of node yet; it compiles what flytekit sends"
        for name in (
            "chosen",
            "chosen within",
            "chosen late",
            "chosen by field",
            "chosen of different",
            "gated",
            "mapped",
            "mapped in part",
            "mapped plan",
            "with dynamic",
            "handled",
        )
    },
    # frames
    (
        "frames",
        "dataset with notes in a dataclass",
    ): "columns and format hold in a field too; flytekit forgets them there",
}
