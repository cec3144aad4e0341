"""Stands in for Zuul's action of this name: writes each call down, in order, below Zuul's job directory."""

import json
import os

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        known = {'data', 'secret_data', 'file', 'secret_file', 'path'}
        unknown = set(self._task.args) - known
        if unknown:
            return {**result, 'failed': True, 'msg': 'zuul_return has no argument ' + ', '.join(sorted(unknown))}
        with open(os.path.join(os.environ['ZUUL_JOBDIR'], 'work', 'returned.jsonl'), 'a') as file:
            file.write(json.dumps(self._task.args) + '\n')
        return result
