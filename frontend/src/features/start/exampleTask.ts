/** A task to begin from: it names what every task needs. */
export const EXAMPLE_TASK = `name: my-task
description: Say in one sentence what is asked.
output_format: text
prompt: |
  {{question}}
  End with "A: " and the number alone.
extract:
  kind: regex
  pattern: "A:\\\\s*(.+)"
  group: 1
  which: last
gold:
  field: answer
matcher:
  kind: numeric
  tolerance: 0
`;
