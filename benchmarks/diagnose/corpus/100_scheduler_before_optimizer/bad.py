import torch
from sklearn.datasets import load_wine


def main():
    torch.manual_seed(1)
    X, y = load_wine(return_X_y=True)
    X, y = torch.tensor((X - X.mean(0)) / X.std(0)).float(), torch.tensor(y)
    net = torch.nn.Sequential(torch.nn.Linear(13, 16), torch.nn.Tanh(), torch.nn.Linear(16, 3))
    opt = torch.optim.SGD(net.parameters(), lr=0.3)
    sched = torch.optim.lr_scheduler.ExponentialLR(opt, gamma=0.97)
    for epoch in range(50):
        loss = torch.nn.functional.cross_entropy(net(X), y)
        opt.zero_grad()
        loss.backward()
        sched.step()  # fault: scheduler-misuse
        opt.step()
        if epoch % 10 == 0:
            print(epoch, loss.item(), sched.get_last_lr())


main()
