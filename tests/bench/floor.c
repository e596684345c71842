/* SPDX-License-Identifier: Apache-2.0
 *
 * A program that does nothing and loads the libraries of gvisor-smoke: what a start takes at the least.
 */
int main(void)
{
    return 0;
}
