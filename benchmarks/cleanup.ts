// What must not outlive the benchmark, however it ends: processes and temporary directories.
const duties: (() => Promise<void> | void)[] = []

/** Registers work for the end. The latest is done first: processes stop before their directories go. */
export function atTheEnd(duty: () => Promise<void> | void): void {
  duties.push(duty)
}

/** Does everything that was registered, each whether or not the others fail. */
export async function cleanUp(): Promise<void> {
  for (let duty = duties.pop(); duty !== undefined; duty = duties.pop()) {
    try {
      await duty()
    } catch (error) {
      console.error(error)
    }
  }
}
