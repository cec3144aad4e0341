import { FileTree, type Inventory, type Unit, type User } from '../inventory/index.ts'
import { agentUnits } from './agent-units.ts'
import { BootPlan } from './boot-plan.ts'

/** The mirrors of a build, without names and passwords in them. */
export interface BuildMirrors {
  /** What the build used and guests must not. */
  readonly used: readonly string[]
  /** What guests may use, whatever the build used. */
  readonly allowed: readonly string[]
}

export interface SubjectOptions {
  /** The user that Trove gives injected files to, and that the agent runs as. */
  readonly guestUser: string
  /** Null when it is not known what the build used. */
  readonly buildMirrors: BuildMirrors | null
}

const cloudInitStages = ['cloud_init_modules', 'cloud_config_modules', 'cloud_final_modules'] as const
type CloudInitStage = (typeof cloudInitStages)[number]

/** An inventory with what rules ask of it again and again. */
export class Subject {
  readonly inventory: Inventory
  readonly tree: FileTree
  readonly boot: BootPlan
  readonly guestUser: string
  readonly buildMirrors: BuildMirrors | null

  constructor(inventory: Inventory, options: SubjectOptions) {
    this.inventory = inventory
    this.tree = new FileTree(inventory.files, inventory.notListed)
    this.boot = new BootPlan(inventory, this.tree)
    this.guestUser = options.guestUser
    this.buildMirrors = options.buildMirrors
  }

  /** The agent's unit, the enabled one first. */
  get agent(): Unit | undefined {
    const found = agentUnits.flatMap(name => this.boot.unit(name) ?? [])
    return found.find(unit => this.boot.starts(unit.name)) ?? found[0]
  }

  user(name: string): User | undefined {
    return this.inventory.users.find(user => user.name === name)
  }

  /** Names of a user's groups, the primary one too. */
  groupsOf(name: string): string[] {
    const primary = this.user(name)?.gid
    return this.inventory.groups
      .filter(group => group.members.includes(name) || group.gid === primary)
      .map(group => group.name)
  }

  hasPackage(name: string): boolean {
    return this.inventory.packages.some(entry => entry.name === name && entry.state === 'installed')
  }

  /** Whether a program is found under a search path such as sudo's secure_path. */
  hasProgram(name: string, path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'): boolean {
    return path.split(':').some(folder => this.tree.isProgram(`${folder}/${name}`))
  }

  /** A value of cloud-init's merged configuration; undefined where the way ends. */
  cloudInit(...way: readonly string[]): unknown {
    let value: unknown = this.inventory.cloudInit.configuration
    for (const key of way) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
      value = (value as Record<string, unknown>)[key]
    }
    return value
  }

  /** Whether a module of cloud-init runs in one of its stages; `write_files` and `write-files` are one name. */
  runsModule(name: string, among: readonly CloudInitStage[] = cloudInitStages): boolean {
    return among.some(stage => {
      const modules = this.cloudInit(stage)
      if (!Array.isArray(modules)) return false
      return modules.some(module => {
        const text = Array.isArray(module) ? module[0] : module
        return typeof text === 'string' && text.replaceAll('_', '-') === name
      })
    })
  }
}
