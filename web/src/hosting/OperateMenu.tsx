// What can be done with the services that are chosen in the list.

import { Button, Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation, Service } from '../api/types';
import classes from './Hosting.module.css';
import { OperateDialog } from './OperateDialog';
import { OPERATIONS, isTaking } from './operate';

interface OperateMenuProps {
  chosen: Service[];
  mayManage: (service: Service) => boolean;
  onDone: () => void;
}

export function OperateMenu({ chosen, mayManage, onDone }: OperateMenuProps) {
  const { t } = useTranslation();
  // Those that were chosen then: the list goes on changing behind the dialog.
  const [asked, ask] = useState<{ operation: Operation; services: Service[] }>();
  const [opened, open] = useState(false);
  return (
    <>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <Button variant="default" size="compact-md" rightSection={<IconChevronDown size={15} aria-hidden />}>{t('operate.menu')}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {OPERATIONS.map((operation) => (
            <Menu.Item
              key={operation} className={operation === 'delete' ? classes.danger : undefined}
              onClick={() => {
                ask({ operation, services: chosen });
                open(true);
              }}
            >
              {t(`operate.verb.${operation}`)}{isTaking(operation) || operation === 'upgrade' ? '…' : ''}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {asked && (
        <OperateDialog
          {...asked} mayManage={mayManage} opened={opened}
          onClose={(answers) => {
            open(false);
            if (answers) onDone();
          }}
        />
      )}
    </>
  );
}
