import { describeBrokenImage } from '../../support/broken-images.ts'

describeBrokenImage({
  name: 'agent crash-looping',
  commands: ['sh "rm -rf /usr/lib/python3/dist-packages/docker"'],
  rules: [],
  reached: 'volume',
  cause: /Python module.*docker/i,
})
