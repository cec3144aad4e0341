import { describeBrokenImage } from '../../support/broken-images.ts'

describeBrokenImage({
  name: 'agent unit masked',
  commands: ['ln-sf /dev/null /etc/systemd/system/trove-guestagent.service'],
  rules: ['agent-enabled'],
  reached: 'configuration-injected',
  cause: /masked/i,
})
