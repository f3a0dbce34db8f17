"""Blocks of the AutoGPT Platform that graphs use and Sluice does not have, so that their nodes can be named."""

#: Block id: name.
NAMES = {
    "4ff1ff6d-cc40-4caa-ae69-011daa20c378": "UnrealTextToSpeech",
}
