import type { ImageEntry, Inventory, Unit } from '../../../src/inventory/index.ts'

/** A good inventory that is being broken: a deep copy, changed in place. */
export class Broken {
  readonly inventory: Inventory

  constructor(good: Inventory) {
    this.inventory = structuredClone(good)
  }

  unit(name: string): Unit {
    const found = this.inventory.units.find(unit => unit.name === name)
    if (found === undefined) throw new Error(`the good inventory has no unit ${name}`)
    return found
  }

  addUnit(unit: Partial<Unit> & { name: string }): void {
    const file = `/etc/systemd/system/${unit.name}`
    this.inventory.units.push({
      file,
      dropIns: [],
      masked: false,
      settings: [],
      enabledBy: [],
      preset: 'none',
      ...unit,
    })
    if (unit.file !== null) this.addFile(file)
  }

  /** Replaces all values of a setting; none removes it. */
  set(unit: string, section: string, key: string, ...values: string[]): void {
    const { settings } = this.unit(unit)
    const kept = settings.filter(entry => entry.section !== section || entry.key !== key)
    settings.splice(0, settings.length, ...kept, ...values.map(value => ({ section, key, value })))
  }

  add(unit: string, section: string, key: string, value: string): void {
    this.unit(unit).settings.push({ section, key, value })
  }

  /** Takes words away from a setting that is a list. */
  withoutWord(unit: string, key: string, word: string): void {
    for (const entry of this.unit(unit).settings) {
      if (entry.key === key)
        entry.value = entry.value
          .split(/\s+/)
          .filter(other => other !== word)
          .join(' ')
    }
  }

  disable(unit: string): void {
    const found = this.unit(unit)
    found.enabledBy = []
    for (const other of this.inventory.units) {
      for (const key of ['Wants', 'Requires', 'BindsTo']) this.withoutWord(other.name, key, unit)
    }
  }

  file(path: string): ImageEntry {
    const found = this.inventory.files.find(entry => entry.path === path)
    if (found === undefined) throw new Error(`the good inventory has no file ${path}`)
    return found
  }

  addFile(path: string, more: Partial<ImageEntry> = {}): void {
    this.inventory.files.push({ path, type: 'file', mode: '0644', uid: 0, gid: 0, sizeBytes: 100, ...more })
  }

  /** Removes files; each must be there. */
  remove(...paths: string[]): void {
    for (const path of paths) this.file(path)
    this.inventory.files = this.inventory.files.filter(entry => !paths.includes(entry.path))
  }

  get user(): Inventory['users'][number] {
    const found = this.inventory.users.find(user => user.name === 'ubuntu')
    if (found === undefined) throw new Error('the good inventory has no user ubuntu')
    return found
  }

  get rootFileSystem(): Inventory['disk']['fileSystems'][number] {
    const found = this.inventory.disk.fileSystems.find(({ mountPoint }) => mountPoint === '/')
    if (found === undefined) throw new Error('the good inventory has no root file system')
    return found
  }

  get grub(): NonNullable<Inventory['grub']> {
    if (this.inventory.grub === null) throw new Error('the good inventory has no grub.cfg')
    return this.inventory.grub
  }

  get cloud(): Record<string, unknown> {
    return this.inventory.cloudInit.configuration
  }

  withoutModule(name: string): void {
    for (const stage of ['cloud_init_modules', 'cloud_config_modules', 'cloud_final_modules']) {
      const modules = this.cloud[stage] as string[]
      this.cloud[stage] = modules.filter(module => module !== name)
    }
  }
}
