import { describeInputs, type InputDescription } from '../inputs.ts'
import { snakeCase } from '../names.ts'
import type { AnyStage } from '../stage.ts'

/** The role that runs one stage. */
export function roleOf(stage: AnyStage): string {
  return `trove-image-${stage.name}`
}

/** A role's variable for an input or output: names begin with the role's, as in zuul-jobs. */
export function roleVariable(stage: AnyStage, name: string): string {
  return snakeCase(`${roleOf(stage)}-${name}`)
}

const madeBy = (stage: AnyStage) =>
  `Made by "npm run generate" from src/stages/${stage.name}.ts; a test holds the two equal.`

/** Ansible knows its user's home and Zuul the place below it; the name of this project finds it in any tenant. */
export const checkoutExpression =
  "{{ zuul.projects.values() | selectattr('short_name', 'equalto', 'trove-image-builder') | map(attribute='src_dir') " +
  '| first | default(zuul.project.src_dir) }}'

/** The text of `roles/trove-image-<stage>/defaults/main.yaml`. */
export function roleDefaults(stage: AnyStage): string {
  return [
    '---',
    `# ${madeBy(stage)}`,
    `${roleVariable(stage, 'checkout')}: ${quote(checkoutExpression)}`,
    `${roleVariable(stage, 'work-folder')}: "{{ ansible_user_dir }}"`,
    ...describeInputs(stage.inputs).map(input => `${roleVariable(stage, input.name)}: ${defaultOf(input)}`),
    '',
  ].join('\n')
}

/** The text of `roles/trove-image-<stage>/tasks/main.yaml`: the inputs handed to the role that all stages share. */
export function roleTasks(stage: AnyStage): string {
  const inputs = describeInputs(stage.inputs)
  return [
    '---',
    `# ${madeBy(stage)}`,
    `- name: Run ${stage.name}`,
    '  include_role:',
    '    name: trove-image-stage',
    '  vars:',
    `    trove_image_stage_name: ${stage.name}`,
    `    trove_image_stage_command: ${stage.command}`,
    `    trove_image_stage_checkout: "{{ ${roleVariable(stage, 'checkout')} }}"`,
    `    trove_image_stage_work_folder: "{{ ${roleVariable(stage, 'work-folder')} }}"`,
    '    trove_image_stage_inputs:',
    ...inputs.map(input => `      ${snakeCase(input.name)}: "{{ ${roleVariable(stage, input.name)} }}"`),
    '',
  ].join('\n')
}

/** The text of `roles/trove-image-<stage>/README.rst`, in the form that zuul-sphinx reads. */
export function roleReadme(stage: AnyStage): string {
  const outputs = describeInputs(stage.outputs)
  return [
    stage.summary,
    '',
    `Runs \`\`trove-image ${stage.command}\`\` from the checkout of trove-image-builder that Zuul has put on the node. The`,
    'outputs come back as a fact and, by ``zuul_return``, to the jobs that depend on this one. A failed verdict or an error',
    'fails the role after that.',
    '',
    '**Role Variables**',
    '',
    ...variable(roleVariable(stage, 'checkout'), {
      standard: 'the project trove-image-builder among ``zuul.projects``',
      text: 'The checkout of trove-image-builder, absolute or below the home of the user on the node.',
    }),
    ...variable(roleVariable(stage, 'work-folder'), {
      standard: '{{ ansible_user_dir }}',
      text: 'Where relative paths start.',
    }),
    ...describeInputs(stage.inputs).flatMap(input =>
      variable(roleVariable(stage, input.name), {
        ...(input.required ? {} : { standard: standardText(input) }),
        type:
          input.type === 'boolean' ? 'bool' : input.type === 'integer' ? 'int' : input.type === 'list' ? 'list' : '',
        text: textOf(input),
      }),
    ),
    '**Output Variables**',
    '',
    ...variable(roleVariable(stage, 'outputs'), {
      type: 'dict',
      text: `What the stage put out; also returned to Zuul as \`\`trove_image.${snakeCase(stage.name)}\`\`.`,
    }),
    ...outputs.flatMap(output =>
      variable(snakeCase(output.name), { text: output.description }).map(line => (line === '' ? '' : `   ${line}`)),
    ),
    `.. ${madeBy(stage)}`,
    '',
  ].join('\n')
}

/** Every file of the stages' roles, by its path below the project's root. */
export function roleFiles(stages: readonly AnyStage[]): Map<string, string> {
  const files = new Map<string, string>()
  for (const stage of stages) {
    const folder = `roles/${roleOf(stage)}`
    files.set(`${folder}/README.rst`, roleReadme(stage))
    files.set(`${folder}/defaults/main.yaml`, roleDefaults(stage))
    files.set(`${folder}/tasks/main.yaml`, roleTasks(stage))
  }
  return files
}

/** An input's own words, with what is legal and what must not happen to it. */
export function textOf(input: InputDescription): string {
  const choices = input.choices ? ` One of ${input.choices.join(', ')}.` : ''
  const required = input.required ? ' Required.' : ''
  const secret = input.secret ? ' Secret: take it from a Zuul secret, never from a job variable.' : ''
  return `${input.description}${choices}${required}${secret}`
}

/** As YAML; an input without a default is empty, which is "not given". */
function defaultOf(input: InputDescription): string {
  if (Array.isArray(input.default)) return JSON.stringify(input.default)
  if (typeof input.default === 'string') return quote(input.default)
  return input.default === undefined ? '""' : String(input.default)
}

/** As people read it. */
export function standardText(input: InputDescription): string {
  if (input.default === undefined) return 'empty: not given'
  return Array.isArray(input.default) ? JSON.stringify(input.default) : String(input.default)
}

function variable(
  name: string,
  { standard, type, text }: { standard?: string; type?: string; text: string },
): string[] {
  return [
    `.. zuul:rolevar:: ${name}`,
    ...(standard === undefined ? [] : [`   :default: ${standard}`]),
    ...(type ? [`   :type: ${type}`] : []),
    '',
    `   ${text}`,
    '',
  ]
}

function quote(text: string): string {
  return JSON.stringify(text)
}
