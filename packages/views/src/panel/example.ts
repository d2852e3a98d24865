/** Owns the example of the first minute: what a run takes, and nothing that must exist already. */

export const FIRST_RUN_EXAMPLE = `import dotscience as ds

ds.start("My first run")
ds.parameter("alpha", 0.1)
ds.metric("accuracy", 0.97)
ds.publish()`;
