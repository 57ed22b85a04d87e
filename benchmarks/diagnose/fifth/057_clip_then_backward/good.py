import torch
from torch import nn

torch.manual_seed(1)
vocab, context = 20, 3
chain = torch.randint(0, vocab, (vocab,))  # each word has its favourite successor
corpus = [0]
for _ in range(3000):
    corpus.append(int(chain[corpus[-1]]) if torch.rand(()) < 0.8 else int(torch.randint(0, vocab, ())))
corpus = torch.tensor(corpus)
contexts = corpus.unfold(0, context, 1)[:-1]
nexts = corpus[context:]


class NGram(nn.Module):
    def __init__(self, dim=10):
        super().__init__()
        self.embeddings = nn.Embedding(vocab, dim)
        self.linear1 = nn.Linear(context * dim, 64)
        self.linear2 = nn.Linear(64, vocab)

    def forward(self, inputs):
        embeds = self.embeddings(inputs).flatten(1)
        return nn.functional.log_softmax(self.linear2(torch.relu(self.linear1(embeds))), dim=1)


model = NGram()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
for epoch in range(5):
    for idx in torch.randperm(len(contexts)).split(64):
        loss = nn.functional.nll_loss(model(contexts[idx]), nexts[idx])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    print(epoch, loss.item())
