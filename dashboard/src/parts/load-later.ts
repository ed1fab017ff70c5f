const afterFirstPaintMs = 3_000

/**
 * Loads a module that the first paint does not need soon after it: when it is needed at last, the server may be of
 * another version, which has other files. Gives what waits for it.
 */
export function loadLater<Module>(load: () => Promise<Module>): () => Promise<Module> {
  // One that cannot be had is asked for again when it is needed, and it is said then.
  setTimeout(() => load().catch(() => {}), afterFirstPaintMs)
  return load
}
