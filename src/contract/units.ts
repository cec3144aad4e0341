import { requiredFiles, requiredPrograms, type Unit, valueIn, valuesIn } from '../inventory/index.ts'
import type { Rule } from './rule.ts'
import type { Subject } from './subject.ts'

/** What holds for every unit that boots. */
export const unitRules: readonly Rule[] = [
  {
    id: 'unit-programs-exist',
    title: 'Every unit that starts finds its programs.',
    why:
      "A missing program fails the unit at each boot (203/EXEC): upstream's agent needs curl, and its trove-image-loader.service names a script that " +
      'only development images have.',
    remedy: 'Install the program, correct the path, or disable the unit.',
    check: subject =>
      subject.boot.startedOrActivated.flatMap(unit =>
        requiredPrograms(unit)
          .filter(program => !exists(subject, program))
          .map(program => `${unit.name} runs ${program}, which is missing or not executable`),
      ),
  },
  {
    id: 'unit-environment-files-exist',
    title: 'Every unit that starts finds the environment files it demands.',
    why:
      "A missing EnvironmentFile fails the unit, unless its name has a leading '-'. Upstream's trove-image-loader.service " +
      'demands /etc/trove/controller.conf, which Trove injects only when controller_address is set.',
    remedy: "Ship the file, or put '-' before its name in the unit.",
    check: ({ boot, tree }) =>
      boot.startedOrActivated.flatMap(unit =>
        requiredFiles(unit)
          .filter(file => !/^\/(run|proc|sys|dev)\//.test(file) && !tree.exists(file))
          .map(file => `${unit.name} demands ${file}, which is missing`),
      ),
  },
  {
    id: 'unit-users-exist',
    title: 'The users and groups that units run as exist.',
    why: 'A unit with an unknown user fails at each boot (217/USER).',
    remedy: 'Create the user in the image, or correct User= and Group= of the unit.',
    check: ({ boot, inventory }) =>
      boot.startedOrActivated.flatMap(unit => {
        if (/^(yes|true|1|on)$/i.test(valueIn(unit.settings, 'Service', 'DynamicUser') ?? '')) return []
        const unknown = (key: string, known: readonly { name: string; id: number }[]) =>
          valuesIn(unit.settings, 'Service', key)
            .slice(-1)
            .filter(
              name => !name.includes('%') && !known.some(entry => entry.name === name || String(entry.id) === name),
            )
            .map(name => `${unit.name} has ${key}=${name}, which does not exist`)
        return [
          ...unknown(
            'User',
            inventory.users.map(user => ({ name: user.name, id: user.uid })),
          ),
          ...unknown(
            'Group',
            inventory.groups.map(group => ({ name: group.name, id: group.gid })),
          ),
        ]
      }),
  },
  {
    id: 'unit-links-resolve',
    title: 'Every link that enables a unit leads to one.',
    why: 'A link to a unit that is gone enables nothing, and nobody is told.',
    remedy: 'Remove the link, or install the unit.',
    check: ({ inventory }) =>
      inventory.units
        .filter(unit => unit.file === null && !unit.masked && isEnabledByHand(unit))
        .flatMap(unit => unit.enabledBy.map(by => `${by.file} leads to no unit ${unit.name}`)),
  },
  {
    id: 'no-ordering-cycle',
    title: 'No units wait for each other in a circle.',
    why: 'systemd breaks an ordering cycle by dropping one of its members at boot, any of them.',
    remedy:
      'Remove one of the After= or Before= in the circle; services go after cloud-config.target, not cloud-init.target.',
    check: ({ boot }) => boot.orderingCycles().map(cycle => cycle.join(' after ')),
  },
]

/** systemd searches a name without a slash in its fixed path. */
function exists(subject: Subject, program: string): boolean {
  return program.startsWith('/') ? subject.tree.isProgram(program) : subject.hasProgram(program)
}

/** Links under /usr/lib may name units of packages that are not installed; those under /etc were made for this image. */
function isEnabledByHand(unit: Unit): boolean {
  return unit.enabledBy.some(by => by.file.startsWith('/etc/'))
}
