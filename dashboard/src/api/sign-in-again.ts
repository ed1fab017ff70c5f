type Ask = () => Promise<void>

let ask: Ask | null = null
let asking: Promise<void> | null = null
let giveUp = (): void => {}

/** Says how people are asked to sign in while a page is open. Gives what takes that back: whoever waits goes on without. */
export function onExpiredSession(how: Ask): () => void {
  ask = how
  return () => {
    ask = null
    giveUp()
  }
}

/** Resolves when they have signed in again; all calls wait for the same. null: nobody can ask them. */
export function signInAgain(): Promise<void> | null {
  if (ask === null) return null
  if (asking !== null) return asking
  const givenUp = new Promise<void>((resolve) => {
    giveUp = resolve
  })
  asking = Promise.race([ask(), givenUp]).finally(() => {
    asking = null
  })
  return asking
}
