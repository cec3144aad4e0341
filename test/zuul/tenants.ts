import { stringify } from 'yaml'
import { connectionOf, type Host } from './settings.ts'

/** This project as the repositories of a site name it. */
export const thisProject = 'example/trove-image-builder'

/** Projects of OpenStack of which the jobs need no more than that they exist. */
export const emptyProjects = [
  'openstack/diskimage-builder',
  'openstack/requirements',
  'openstack/trove-tempest-plugin',
  'zuul/zuul-jobs',
]

/** What the real jobs of devstack and Trove also require; they too need only exist. */
export const projectsOfDevstack = [
  'novnc/novnc',
  'openstack/barbican',
  'openstack/barbican-tempest-plugin',
  'openstack/cinder',
  'openstack/glance',
  'openstack/keystone',
  'openstack/neutron',
  'openstack/nova',
  'openstack/os-test-images',
  'openstack/placement',
  'openstack/swift',
]

/** The labels that the jobs of the fixtures and this project's own ask for; all are the same node. */
export const labels = ['debian-bookworm', 'debian-trixie', 'ubuntu-noble']

const source = (host: Host, projects: { 'config-projects'?: unknown[]; 'untrusted-projects'?: unknown[] }) => ({
  [connectionOf[host]]: projects,
})

/**
 * Two tenants: `site`, which knows nothing of OpenStack, and `openstack`, with the parents of the devstack and publish jobs
 * and with this project's extra folders. A third, `faulty`, has faults on purpose.
 */
export function tenantFile(empty: readonly string[]): string {
  const here = (extra: readonly string[]) =>
    source('github.com', {
      'untrusted-projects': [{ [thisProject]: { 'extra-config-paths': extra } }],
    })
  return stringify([
    {
      tenant: {
        name: 'site',
        'default-parent': 'base',
        source: {
          ...source('site.example', {
            'config-projects': ['config/zuul-config', 'config/zuul-nodes'],
            'untrusted-projects': ['consumer/database-images'],
          }),
          ...here(['zuul-tests.d/']),
        },
      },
    },
    {
      tenant: {
        name: 'openstack',
        'default-parent': 'base',
        source: {
          ...source('site.example', { 'config-projects': ['config/zuul-config'] }),
          ...source('opendev.org', {
            'config-projects': ['openstack/project-config'],
            'untrusted-projects': [
              { 'openstack/openstack-zuul-jobs': { include: ['job', 'nodeset'] } },
              { 'openstack/devstack': { include: ['job', 'nodeset'] } },
              { 'openstack/tempest': { include: ['job'] } },
              { 'openstack/trove': { include: ['job', 'nodeset'] } },
              'openstack/consumer',
              { include: [], projects: empty },
            ],
          }),
          ...here(['zuul-openstack.d/', 'zuul-tests.d/']),
        },
      },
    },
    {
      tenant: {
        name: 'faulty',
        'default-parent': 'base',
        source: source('site.example', {
          'config-projects': ['config/zuul-config'],
          'untrusted-projects': ['consumer/faulty-images'],
        }),
      },
    },
  ])
}
