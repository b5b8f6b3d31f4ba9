//! The checked-in description of the agent's NATS API, read by AsyncAPI's own parser. That it is what the code says is a test of
//! the agent's.

use anyhow::Result;

use crate::peers;
use crate::run::{program, step};

const FILE: &str = "docs/asyncapi.json";

/// Reads the document, and fails with whatever the parser finds.
const READ: &str = "
const { readFileSync } = require('node:fs');
const { Parser } = require('@asyncapi/parser');
new Parser().parse(readFileSync(process.argv[1], 'utf8')).then(({ document, diagnostics }) => {
  const wrong = diagnostics.filter(({ severity }) => severity <= 1);
  for (const { message, path } of wrong) console.error(`${path.join('.')}: ${message}`);
  if (!document || wrong.length > 0) process.exit(1);
  const count = document.operations().length;
  console.error(`AsyncAPI ${document.version()}: ${count} operations`);
  if (count === 0) process.exit(1);
});
";

/// Checks it. `cargo xtask test` has installed the parser.
pub fn check_asyncapi() -> Result<()> {
    step(
        "read docs/asyncapi.json",
        program("node")
            .env("NODE_PATH", peers::asyncapi_modules()?)
            .args(["-e", READ, FILE]),
    )
}
