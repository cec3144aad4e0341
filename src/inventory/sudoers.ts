import type { Contents } from './contents.ts'
import type { FileTree } from './file-tree.ts'
import type { Grant, Inventory, Located } from './inventory.ts'

const tags = /^(NO)?(PASSWD|EXEC|FOLLOW|LOG_INPUT|LOG_OUTPUT|MAIL|INTERCEPT|SETENV):\s*/

/**
 * Reads /etc/sudoers and what it includes (sudoers(5)): who may run what. Aliases are put in; of Defaults only secure_path
 * and requiretty are read. A line that does not parse is a fault, because it makes sudo refuse the file.
 */
export function readSudoers(tree: FileTree, contents: Contents): Inventory['sudoers'] {
  const result = {
    files: [] as string[],
    grants: [] as Grant[],
    securePath: null as string | null,
    requireTty: [] as { scope: string; value: boolean }[],
    faults: [] as Located[],
  }
  const aliases = new Map<string, string[]>()
  const parsed: { grant: Grant; text: string }[] = []

  const readFile = (file: string, depth: number): void => {
    const text = contents.text(file)
    if (text === undefined || depth > 8) return
    result.files.push(file)
    for (const { line, text: content } of logicalLines(text)) {
      const include = /^[#@](include|includedir)\s+"?([^"]+?)"?$/.exec(content)
      if (include) {
        const path = include[2] ?? ''
        const target = path.startsWith('/') ? path : `/etc/${path}`
        if (include[1] === 'include') readFile(target, depth + 1)
        else {
          for (const entry of tree.within(target)) {
            const name = entry.path.slice(entry.path.lastIndexOf('/') + 1)
            // sudo skips these, so that a package manager's leftovers do not count.
            if (!name.includes('.') && !name.endsWith('~')) readFile(entry.path, depth + 1)
          }
        }
        continue
      }
      const alias = /^(?:User|Runas|Host|Cmnd|Cmd)_Alias\s+([A-Z][A-Z0-9_]*)\s*=\s*(.+)$/.exec(content)
      if (alias) {
        aliases.set(alias[1] ?? '', list(alias[2] ?? ''))
        continue
      }
      const defaults = /^Defaults([@:!>]\S+)?\s/.exec(content)
      if (defaults) {
        const tty = /(!?)\s*\brequiretty\b/.exec(content)
        if (tty) result.requireTty.push({ scope: defaults[1] ?? '', value: tty[1] === '' })
        const path = /\bsecure_path\s*=\s*"?([^",\s]+)"?/.exec(content)?.[1]
        if (path !== undefined) result.securePath = path
        else if (/!secure_path\b/.test(content)) result.securePath = ''
        continue
      }
      const grants = parseGrant(content, file, line)
      if (grants === undefined) result.faults.push({ file, line, text: content })
      else parsed.push(...grants.map(grant => ({ grant, text: content })))
    }
  }
  readFile('/etc/sudoers', 0)
  // An alias may stand below its use.
  const expand = (names: readonly string[], seen: readonly string[] = []): string[] =>
    names.flatMap(name => {
      const members = seen.includes(name) ? undefined : aliases.get(name)
      return members === undefined ? [name] : expand(members, [...seen, name])
    })
  for (const { grant, text } of parsed) {
    const commands = expand(grant.commands)
    if (commands.some(command => command !== 'ALL' && /^!?\s*[A-Z][A-Z0-9_]*$/.test(command))) {
      result.faults.push({ file: grant.file, line: grant.line, text })
      continue
    }
    const hosts = expand(grant.hosts)
    const [users = '', ...group] = grant.runAs.split(':')
    const runAs = [expand(list(users)).join(','), ...group].join(':')
    for (const who of expand([grant.who])) result.grants.push({ ...grant, who, hosts, runAs, commands })
  }
  return result
}

/** `who host = (runas) TAG: command, command : host = ...`; undefined when it is not that. */
function parseGrant(text: string, file: string, line: number): Grant[] | undefined {
  const head = /^((?:"[^"]+"|[^\s,=]+)(?:\s*,\s*(?:"[^"]+"|[^\s,=]+))*)\s+(.+)$/.exec(text)
  if (!head) return undefined
  const grants: Grant[] = []
  for (const part of splitOutside(head[2] ?? '', ':')) {
    const match = /^([^=]+?)\s*=\s*(?:\(([^)]*)\)\s*)?(.+)$/.exec(part.trim())
    if (!match) return undefined
    const [, hosts = '', runAs = 'root', rest = ''] = match
    let noPassword = false
    const commands = list(rest).map(command => {
      let name = command
      for (let tag = tags.exec(name); tag; tag = tags.exec(name)) {
        if (tag[2] === 'PASSWD') noPassword = tag[1] === 'NO'
        name = name.slice(tag[0].length)
      }
      return { name, noPassword }
    })
    if (commands.some(command => !/^!?\s*(ALL|\/\S.*|sudoedit\b.*|list|[A-Z][A-Z0-9_]*|sha\d+:.*)$/.test(command.name)))
      return undefined
    for (const who of list(head[1] ?? '')) {
      for (const without of [false, true]) {
        const names = commands.filter(command => command.noPassword === without).map(command => command.name)
        if (names.length > 0) {
          grants.push({
            file,
            line,
            who,
            hosts: list(hosts),
            runAs,
            noPassword: without,
            commands: names,
          })
        }
      }
    }
  }
  return grants
}

/** Lines with continuations joined and comments removed; `#include` and a numeric `#uid` are no comments. */
function logicalLines(text: string): { line: number; text: string }[] {
  const lines: { line: number; text: string }[] = []
  let pending = ''
  let first = 0
  text.split('\n').forEach((raw, index) => {
    if (pending === '') first = index + 1
    if (raw.endsWith('\\')) {
      pending += `${raw.slice(0, -1)} `
      return
    }
    const whole = (pending + raw).trim()
    pending = ''
    const content = /^#include(dir)?\s/.test(whole) ? whole : whole.replace(/(^|\s)#(?!\d).*$/, '').trim()
    if (content !== '') lines.push({ line: first, text: content })
  })
  return lines
}

function list(text: string): string[] {
  return splitOutside(text, ',')
    .map(item => item.trim())
    .filter(item => item !== '')
}

/** Splits at a character that is not escaped, in quotes or part of a tag (`NOPASSWD:`). */
function splitOutside(text: string, separator: ',' | ':'): string[] {
  const parts: string[] = []
  let part = ''
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === '\\') {
      part += character + (text[++at] ?? '')
      continue
    }
    if (character === '"') quoted = !quoted
    const isTag =
      separator === ':' && /[A-Z_]+$/.test(part) && !/\s$/.test(part) && tags.test(`${/[A-Z_]+$/.exec(part)?.[0]}:`)
    const inRunAs = separator === ':' && part.lastIndexOf('(') > part.lastIndexOf(')')
    if (character === separator && !quoted && !isTag && !inRunAs) {
      parts.push(part)
      part = ''
    } else part += character
  }
  return [...parts, part]
}
