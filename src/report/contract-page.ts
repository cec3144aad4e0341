import { rules, standingExceptions, topics } from '../contract/index.ts'

/** `docs/contract.md`: every rule with its reason and its remedy. */
export function contractPage(): string {
  return [
    '# The contract',
    '',
    `What \`trove-image inspect\` demands of an image: ${rules.length} rules. This page is generated from the rules themselves.`,
    '',
    'A rule that cannot be judged counts as failed. An exception is given as `--waive "RULE YYYY-MM-DD REASON"`; it ends after',
    'its day, and the results say that it was used.',
    '',
    'Exceptions that come with the project:',
    '',
    ...standingExceptions.map(({ rule, until, reason }) => `- \`${rule}\` until ${until}: ${reason}.`),
    ...topics.flatMap(topic => [
      '',
      `## ${topic.title}`,
      ...topic.rules.flatMap(({ id, title, why, remedy }) => [
        '',
        `### \`${id}\``,
        '',
        `**${title}**`,
        '',
        why,
        '',
        `*What to do:* ${remedy}`,
      ]),
    ]),
    '',
  ].join('\n')
}
