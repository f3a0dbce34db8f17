// Notes in the compiled frame which source it was made of; a test compares.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const SOURCE = "base.mjml";
const COMPILED = "../templates/notifications/mail/base.html";

const digest = createHash("sha256").update(readFileSync(SOURCE)).digest("hex");
const note = `{# Compiled from notifications/mjml/${SOURCE}, sha256 ${digest}. #}`;
writeFileSync(COMPILED, note + readFileSync(COMPILED, "utf8"));
