export DIB_TROVE_GUEST_USER=${DIB_TROVE_GUEST_USER:-ubuntu}

# Without a list of its own an element of a distribution may choose one without OpenStack.
export DIB_CLOUD_INIT_DATASOURCES=${DIB_CLOUD_INIT_DATASOURCES:-"ConfigDrive, OpenStack"}

# DIB writes stanzas for eth0 and eth1 that only ifupdown reads; here the network belongs to cloud-init and networkd.
export DIB_APT_MINIMAL_CREATE_INTERFACES=${DIB_APT_MINIMAL_CREATE_INTERFACES:-0}

# Element base installs an iSCSI initiator, with an initiator name that all guests of the image would share. A guest's
# volumes are attached by the hypervisor.
export DIB_SKIP_BASE_PACKAGE_INSTALL=${DIB_SKIP_BASE_PACKAGE_INSTALL:-1}

# The kernel package makes no initramfs while packages are installed: post-install.d/85-trove-guest-initramfs makes it once,
# when everything that belongs into it is there.
export INITRD=${INITRD:-No}
