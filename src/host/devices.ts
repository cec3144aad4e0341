import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeWorkFolder } from '../system/journal.ts'
import { asRoot } from '../system/privilege.ts'
import type { Finding } from './finding.ts'
import { findProgram } from './programs.ts'

/** Attaches a file to a loop device and mounts a file system, both for real, and takes them away again. */
export async function probeDevices(disk: 'own' | 'dib', isPrivileged: boolean): Promise<Finding[]> {
  const probes = [probeLoop, probeMount]
  const findings: Finding[] = []
  for (const probe of probes) findings.push(await probe(isPrivileged))
  return [...findings, judgeDeviceMapper(readText('/proc/misc'), disk)]
}

async function probeLoop(isPrivileged: boolean): Promise<Finding> {
  const base = { subject: 'loop device', needed: 'diskimage-builder mounts the root file system from one' }
  if (!isPrivileged) return { ...base, found: 'not tried: needs root', status: 'later' }
  if (findProgram('losetup') === undefined) return { ...base, found: 'not tried: no losetup yet', status: 'later' }
  const file = join(makeWorkFolder('loop'), 'file')
  writeFileSync(file, '')
  truncateSync(file, 1024 ** 2)
  const attached = await asRoot('losetup', ['--find', '--show', file], { allowedExitStatuses: 'any' })
  const device = attached.stdout.trim()
  if (attached.exitStatus === 0) {
    await asRoot('losetup', ['--detach', device])
    return { ...base, found: `a file was attached to ${device}`, status: 'ok' }
  }
  return {
    ...base,
    found: `losetup: ${attached.stderr.trim() || `exit status ${attached.exitStatus}`}`,
    status: 'missing',
    remedy: 'load the kernel module loop (modprobe loop); in a container use --privileged and the host’s /dev',
  }
}

async function probeMount(isPrivileged: boolean): Promise<Finding> {
  const base = { subject: 'mount', needed: 'diskimage-builder mounts file systems in the tree it makes' }
  if (!isPrivileged) return { ...base, found: 'not tried: needs root', status: 'later' }
  const folder = makeWorkFolder('mount')
  const mount = await asRoot('/bin/sh', ['-c', 'mount -t tmpfs tmpfs "$1" && umount "$1"', 'sh', folder], {
    allowedExitStatuses: 'any',
  })
  if (mount.exitStatus === 0) return { ...base, found: 'a file system was mounted', status: 'ok' }
  return {
    ...base,
    found: mount.stderr.trim().split('\n')[0] ?? '',
    status: 'missing',
    remedy: 'root may not mount here; in a container use --privileged',
  }
}

/** Only diskimage-builder's own disk (disk: dib) is partitioned through it. */
export function judgeDeviceMapper(misc: string, disk: 'own' | 'dib'): Finding {
  const subject = 'device-mapper'
  const needed = disk === 'dib' ? "diskimage-builder's own disk (disk: dib)" : 'nothing: the disk is own'
  if (/^\s*\d+ device-mapper$/m.test(misc)) return { subject, needed, found: 'in the kernel', status: 'ok' }
  const found = 'not in the kernel'
  if (disk === 'own') return { subject, needed, found, status: 'absent' }
  return {
    subject,
    needed,
    found,
    status: 'missing',
    remedy: 'load the kernel module (modprobe dm-mod), or let this tool make the disk: --set disk=own',
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
