# SPDX-License-Identifier: MIT
"""Print what lies below the current directory, one line for each name.

Path, type and mode, owners, links, device, target, attributes and, of ordinary
files that do not differ by nature, their content.
"""
import hashlib
import os
import re
import stat

# Data bases, caches and logs, with times and random names in them.
LEFT_OUT = re.compile(r'/(__pycache__|\.rpmdb|var/(lib/rpm|lib/dnf|cache|log)|'
                      r'pacman/local|lib/dpkg/.*-old)(/|$)')
DIFFERS = re.compile(r'/(var/lib/(rpm|dnf|pacman|dpkg)|index$|logs/)|'
                     r'\.(pack|idx|rev|mtimes)$|etc/shadow|pyvenv.cfg|RECORD')


def attributes(path):
    """Those that root sets; the kernel keeps them on anything."""
    names = sorted(os.listxattr(path, follow_symlinks=False))
    return ' '.join(name + '=' + os.getxattr(path, name,
                                             follow_symlinks=False).hex()
                    for name in names)


def content(path, status):
    if not stat.S_ISREG(status.st_mode) or DIFFERS.search(path):
        return ''
    with open(path, 'rb') as file:
        return hashlib.md5(file.read()).hexdigest()[:8]


def line(path):
    status = os.lstat(path)
    words = [path, stat.filemode(status.st_mode),
             '%d:%d' % (status.st_uid, status.st_gid)]
    if not stat.S_ISDIR(status.st_mode):
        words.append(str(status.st_nlink))
    if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        words.append('%d,%d' % (os.major(status.st_rdev),
                                os.minor(status.st_rdev)))
    if stat.S_ISLNK(status.st_mode):
        words.append('-> ' + os.readlink(path))
    words += [attributes(path), content(path, status)]
    print(' '.join(word for word in words if word))


def walk(directory):
    for name in sorted(os.listdir(directory)):
        path = directory + '/' + name
        if LEFT_OUT.search(path):
            continue
        line(path)
        if stat.S_ISDIR(os.lstat(path).st_mode):
            walk(path)


walk('.')
