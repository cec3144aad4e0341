/** `cacheHit` in code is `cache-hit` in action.yml and on the command line. */
export function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

/** `cacheHit` in code is `cache_hit` in a role's variables. */
export function snakeCase(name: string): string {
  return kebabCase(name).replaceAll('-', '_')
}

/** The inverse of {@link kebabCase}; also takes snake_case. */
export function camelCase(name: string): string {
  return name.replaceAll(/[-_]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
