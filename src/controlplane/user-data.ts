/** Who owns the files that Trove injects: its options `injected_config_owner` and `injected_config_group`. */
export interface InjectedOwner {
  readonly user: string
  readonly group: string
}

/** Trove's defaults. */
export const defaultOwner: InjectedOwner = { user: 'ubuntu', group: 'root' }

/**
 * The user data that Trove's task manager gives to Nova: `write_files` and nothing else. The same bytes as
 * `prepare_cloud_config` (trove/instance/models.py, up to 2025.1) makes of these files; later releases write the same
 * keys and values in another order.
 */
export function prepareCloudConfig(files: ReadonlyMap<string, string>, owner: InjectedOwner = defaultOwner): string {
  if (files.size === 0) return ''
  const entries = [...files].map(
    ([path, content]) =>
      '- encoding: b64\n' +
      `  owner: ${owner.user}:${owner.group}\n` +
      `  path: ${path}\n` +
      `  content: ${Buffer.from(content).toString('base64')}\n`,
  )
  return `#cloud-config\nwrite_files:\n${entries.join('')}`
}
