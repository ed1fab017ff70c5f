/**
 * For `validateSearch` of a route: of what stands in the address, the named parameters that are text. Whatever else
 * somebody typed there is left out.
 */
export function textParams<Name extends string>(
  ...names: readonly Name[]
): (search: Record<string, unknown>) => { [Each in Name]?: string | undefined } {
  return (search) => {
    // Left out is what is undefined: the router puts what is not mentioned back.
    const found: { [Each in Name]?: string | undefined } = {}
    for (const name in search) found[name as Name] = undefined
    for (const name of names) {
      const value = search[name]
      if (value !== undefined && value !== '' && value !== null) found[name] = String(value)
    }
    return found
  }
}
