import { describeBrokenImage } from '../../support/broken-images.ts'

describeBrokenImage({
  name: 'sudoers removed',
  // cloud-init gives its default user sudo at boot, which would mend the image.
  commands: [
    'sh "rm /etc/sudoers.d/60_trove_guest"',
    `sh "sed -i '/sudo:.*NOPASSWD/d' /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.d/*.cfg"`,
  ],
  rules: ['guest-user-sudo'],
  reached: 'unit-started',
  cause: /sudo without a password/,
})
